// Line icons, 16 by 16, drawn in the colour of the text around them. Always decoration: the words carry the meaning.

const SHAPES = {
  cases: 'M2.5 5.5h11v8h-11zM5.5 5.5v-2h5v2M2.5 9h11',
  runs: 'M4.5 3.2v9.6l8-4.8z',
  connections: 'M5.5 2v3.5m5-3.5v3.5M3.5 5.5h9v2.5a4.5 4.5 0 0 1-9 0zM8 12.5V15',
  sources: 'M2.5 9.5V13h11V9.5M8 2v7.5m0 0L5 6.5m3 3 3-3',
  users: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M11 7.3a2.3 2.3 0 0 0 0-4.5M12.2 9.8c1.5.5 2.3 1.9 2.3 3.7',
  audit: 'M4 2h8v12H4zM6 5h4M6 8h4M6 11h2.5',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  cross: 'M4 4l8 8m0-8l-8 8',
  alert: 'M8 2.2 14.3 13.3H1.7zM8 6.5v3.2m0 1.6v.2',
  question: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.4a1.7 1.7 0 1 1 2.6 1.4c-.6.4-.9.7-.9 1.4m0 1.7v.2',
  shield: 'M8 1.8l5 1.9v4c0 3.2-2.1 5.4-5 6.5-2.9-1.1-5-3.3-5-6.5v-4zM5.8 8l1.6 1.6 2.8-3',
  bug: 'M8 5a3 3 0 0 1 3 3v2.5a3 3 0 0 1-6 0V8a3 3 0 0 1 3-3zM6 5.2A2 2 0 0 1 8 3a2 2 0 0 1 2 2.2M5 8.5H2m9 0h3M5 11l-2.5 1.5M11 11l2.5 1.5M5 6.5 3 5m8 1.5L13 5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  external: 'M9.5 2.5h4v4m0-4L7 9M11.5 9v4.5h-9v-9H7',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.6-1.4L14 14',
  spinner: 'M8 2a6 6 0 1 1-6 6',
  skip: 'M3 4l5 4-5 4zM8.5 4l5 4-5 4z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.5',
  dot: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  stop: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.8 5.8l4.4 4.4',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 2v3.5H10',
  comment: 'M2.5 3h11v8H7l-3 2.8V11H2.5z',
  download: 'M8 2v8m0 0L5 7m3 3 3-3M2.5 13.5h11',
  plus: 'M8 3v10M3 8h10',
  ticket: 'M2.5 4.5h11V7a1.2 1.2 0 0 0 0 2.2v2.3h-11V9.2A1.2 1.2 0 0 0 2.5 7zM9.5 4.5v7',
  user: 'M8 7.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.8 14c0-2.8 2.3-4.5 5.2-4.5s5.2 1.7 5.2 4.5',
  flag: 'M3.5 14.5v-12h8.5l-1.8 3.5L12 9.5H3.5',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  theme: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12A6 6 0 0 0 8 2z',
  out: 'M9.5 2.5h-7v11h7M6.5 8h7.5m0 0-2.8-2.8M14 8l-2.8 2.8',
  loop: 'M3 9V7.5a3 3 0 0 1 3-3h6.5m0 0-2-2m2 2-2 2M13 7v1.5a3 3 0 0 1-3 3H3.5m0 0 2-2m-2 2 2 2',
  branch: 'M4.5 2.5v11M4.5 8h4a3 3 0 0 0 3-3V3m0 0L9.5 5m2-2 2 2',
  playbooks: 'M3 2.5h4v4H3zM9 9.5h4v4H9zM5 6.5v5h4M9 2.5h4v4H9zM7 4.5h2',
  parallel: 'M8 1.5v3M3.5 14.5v-6a4 4 0 0 1 4-4h1a4 4 0 0 1 4 4v6M8 4.5v10',
  pencil: 'M3 13l.7-3L11 2.7 13.3 5 6 12.3zM9.6 4.1l2.3 2.3',
  undo: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3m-3 3 3 3',
  redo: 'M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M13 6.5l-3-3m3 3-3 3',
  tasks: 'M2.5 4.2l1.2 1.2 2-2.2M2.5 10.2l1.2 1.2 2-2.2M8 4.5h5.5M8 10.5h5.5',
  code: 'M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5',
  signal: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.6 11.4a4.8 4.8 0 0 1 0-6.8M11.4 4.6a4.8 4.8 0 0 1 0 6.8M2.5 13.5a7.8 7.8 0 0 1 0-11M13.5 2.5a7.8 7.8 0 0 1 0 11',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  up: 'M8 13V3m0 0L4.5 6.5M8 3l3.5 3.5',
  down: 'M8 3v10m0 0-3.5-3.5M8 13l3.5-3.5',
  trash: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.7 7v4M9.3 7v4',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  flask: 'M6 2h4M6.5 2v4.5L3 13.5h10L9.5 6.5V2M4.8 10h6.4',
  history: 'M2.5 8a5.5 5.5 0 1 0 1.7-4M2.5 2.5V6H6M8 5v3.3l2.2 1.4',
  git: 'M5 6v4a2 2 0 0 0 2 2h1.5M5 6a1.7 1.7 0 1 0 0-3.4A1.7 1.7 0 0 0 5 6zM10.2 13.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM11 7.7A1.7 1.7 0 1 0 11 4.3a1.7 1.7 0 0 0 0 3.4z',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.1M6.7 6.5h.1M9.3 6.5h.1M12 6.5h.1M4.5 9.5h7',
} as const

export type IconName = keyof typeof SHAPES

export function Icon({ name, size = 16, spin = false }: { name: IconName; size?: number; spin?: boolean }) {
  return (
    <svg
      className={spin ? 'icon spin' : 'icon'}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={SHAPES[name]} />
    </svg>
  )
}
