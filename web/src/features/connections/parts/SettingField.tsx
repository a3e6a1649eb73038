import { label } from '../../../lib/words'
import { Field } from '../../../ui/Field'
import type { Setting } from '../settings.logic'

interface SettingFieldProps {
  setting: Setting
  value: string
  problem: string | undefined
  onChange: (value: string) => void
}

/** One setting that the manifest declares. */
export function SettingField({ setting, value, problem, onChange }: SettingFieldProps) {
  const flag = setting.type === 'boolean'
  const choices = flag ? ['true', 'false'] : setting.choices
  const word = (choice: string) => (flag ? (choice === 'true' ? 'Yes' : 'No') : choice)
  return (
    <Field label={setting.title || label(setting.name)} hint={setting.summary} error={problem} required={setting.required && !setting.fallback}>
      {(props) =>
        choices.length > 0 ? (
          <select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">{setting.fallback ? `Default: ${word(setting.fallback)}` : 'Not set'}</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {word(choice)}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...props}
            value={value}
            spellCheck={false}
            placeholder={setting.fallback || (setting.example ? `e.g. ${setting.example}` : '')}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  )
}
