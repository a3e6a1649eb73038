import type { ReactNode } from 'react'

/** The frame of the pages before the shell. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-brand">
        <img src="/favicon.svg" width="36" height="36" alt="" />
        <span>Updraft</span>
      </div>
      <div className="gate-card">
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}
