export { useBlocked, useMe } from './me'
