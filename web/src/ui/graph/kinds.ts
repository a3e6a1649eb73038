import type { IconName } from '../Icon'

const ICONS: Record<string, IconName> = {
  action: 'runs',
  capability: 'connections',
  for_each: 'loop',
  loop: 'loop',
  parallel: 'parallel',
  switch: 'branch',
  wait: 'clock',
  set: 'pencil',
  call: 'playbooks',
  rollback: 'undo',
  finish: 'flag',
  try: 'shield',
  manual: 'tasks',
  ask: 'comment',
  approve: 'check',
  bot: 'code',
  emit: 'signal',
  fail: 'cross',
  stop: 'stop',
}

/** The icon of a kind of step. */
export function kindIcon(kind: string): IconName {
  return ICONS[kind] ?? 'dot'
}
