import { Link } from '@tanstack/react-router'
import { Empty } from '../ui/State'
import { paths } from './paths'

export function NotFound() {
  return (
    <Empty title="There is no such page">
      <p>
        The address may be mistyped. <Link to={paths.cases()}>Go to the cases</Link>
      </p>
    </Empty>
  )
}
