import { type ReactNode, useId } from 'react'

interface FieldProps {
  label: string
  hint?: ReactNode
  error?: string | undefined
  required?: boolean
  children: (props: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => ReactNode
}

/** A labelled input with its hint and its error. */
export function Field({ label, hint, error, required = false, children }: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {required && <span className="required"> (required)</span>}
      </label>
      {children({ id, 'aria-describedby': hint || error ? about : undefined, 'aria-invalid': error ? true : undefined })}
      {(hint || error) && (
        <div id={about} className={error ? 'field-error' : 'hint'}>
          {error ?? hint}
        </div>
      )}
    </div>
  )
}
