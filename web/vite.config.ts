import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { mockApi } from './mock/plugin.ts'

const server = process.env['UPDRAFT_API'] ?? 'http://127.0.0.1:8080'

export default defineConfig(({ mode }) => ({
  // `npm run dev` answers from web/mock; `npx vite` passes the API on to a running server.
  plugins: [react(), ...(mode === 'mock' ? [mockApi()] : [])],
  server: mode === 'mock' ? {} : { proxy: { '/api': server } },
  preview: { proxy: { '/api': server } },
  build: {
    target: ['chrome123', 'firefox125', 'safari17.5'],
    cssTarget: ['chrome123', 'firefox125', 'safari17.5'],
    // The server's policy forbids inline scripts and data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The largest is the playbook editor, which only its own page loads.
    chunkSizeWarningLimit: 700,
  },
}))
