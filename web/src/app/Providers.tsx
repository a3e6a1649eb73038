import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useState } from 'react'
import { makeQueryClient } from './queries'
import { makeRouter } from './routes'

export function Providers() {
  const [queries] = useState(makeQueryClient)
  const [router] = useState(() => makeRouter())
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  )
}
