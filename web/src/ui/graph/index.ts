export { Graph, type GraphEdit, type Paint, type Way } from './Graph'
export { kindIcon } from './kinds'
export { type GraphBranch, type GraphStep, layout, neighbour } from './layout.logic'
