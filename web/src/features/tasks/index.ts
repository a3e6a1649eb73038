export { TaskPanel } from './parts/TaskPanel'
export { OpenTasks } from './parts/OpenTasks'
