// Makes src/api/generated/schema.ts from ../api/openapi.json; with --check it only says whether it is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const DOCUMENT = process.env.UPDRAFT_OPENAPI ?? new URL('../../api/openapi.json', import.meta.url).pathname
const TARGET = new URL('../src/api/generated/schema.ts', import.meta.url)
const check = process.argv.includes('--check')

if (!existsSync(DOCUMENT)) {
  console.error('api/openapi.json does not exist yet: run `cargo run -p updraft -- docs --write`')
  process.exit(check ? 0 : 1)
}
const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'))
// Operations are found by path and method; their ids need not be unique words.
for (const path of Object.values(document.paths)) {
  for (const operation of Object.values(path)) delete operation.operationId
}
const types = astToString(await openapiTS(document))
const text = `// Generated from api/openapi.json by \`npm run api\`. Do not edit.\n\n${types}`
if (!check) {
  mkdirSync(new URL('.', TARGET), { recursive: true })
  writeFileSync(TARGET, text)
} else if (!existsSync(TARGET) || readFileSync(TARGET, 'utf8') !== text) {
  console.error('src/api/generated/schema.ts is stale: run `npm run api` and commit it')
  process.exit(1)
}
