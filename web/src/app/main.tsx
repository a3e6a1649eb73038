import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../lib/theme'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/pages.css'
import './styles/graph.css'
import './styles/editor.css'
import { Providers } from './Providers'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Providers />
    </StrictMode>,
  )
}
