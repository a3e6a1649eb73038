// One playbook in the editor: the drawing beside its text, and below them what is known of the chosen step, the
// problems, the tests, the versions, the backtests and the triggers.
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { asFailure } from '../../api/errors'
import { playbookQuery } from '../../api/playbooks'
import { meQuery } from '../../api/queries'
import { paths } from '../../app/paths'
import { useTitle } from '../../lib/title'
import { ErrorBox, Loading } from '../../ui/State'
import { Editor } from './parts/Editor'

export default function PlaybookPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  // What is being edited must not change below the person's hands: the draft tells when somebody else saved.
  const found = useQuery({ ...playbookQuery(id), refetchOnWindowFocus: false, gcTime: 0 })
  const me = useQuery(meQuery).data
  useTitle(found.data ? found.data.title || id : 'Playbook')
  if (found.isPending) return <Loading what="the playbook" />
  if (!found.data) {
    const failure = asFailure(found.error)
    if (failure.status !== 404) return <ErrorBox what="The playbook could not be loaded" error={failure} retry={() => void found.refetch()} />
    return (
      <>
        <ErrorBox what="There is no such playbook" error={{ message: `No playbook has the id ${id}.`, hint: 'It may have another id, or be of another team.' }} />
        <p className="center">
          <Link to={paths.playbooks()}>All playbooks</Link>
        </p>
      </>
    )
  }
  return <Editor key={id} detail={found.data} mayWrite={me?.permissions.includes('config_write') ?? false} />
}
