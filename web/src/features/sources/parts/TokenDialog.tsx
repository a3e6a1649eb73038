import { documents } from '../../../app/paths'
import { Button } from '../../../ui/Button'
import { Copy } from '../../../ui/Copy'
import { Dialog } from '../../../ui/Dialog'
import { Icon } from '../../../ui/Icon'

/** The one time that a source's token can be seen, with a command to try it. */
export function TokenDialog({ name, token, onClose }: { name: string; token: string; onClose: () => void }) {
  const command = curl(location.origin, name, token)
  return (
    <Dialog title={`Token of ${name}`} onClose={onClose} wide>
      <p className="warn-line">
        <Icon name="lock" size={15} /> Copy it now. It is stored as a hash and cannot be shown again.
      </p>
      <div className="secret-box">
        <code>{token}</code>
        <Copy text={token} what="the token" />
      </div>
      <p>Try it: this opens a case for an address that is known to be harmless.</p>
      <div className="secret-box">
        <pre>{command}</pre>
        <Copy text={command} what="the command" />
      </div>
      <div className="form-foot">
        <Button look="main" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  )
}

/** A command line that hands in an alert. */
export function curl(origin: string, source: string, token: string): string {
  return `curl -X POST ${origin}${documents.intake(source)} \\\n  -H "Authorization: Bearer ${token}" \\\n  --data "8.8.8.8"`
}
