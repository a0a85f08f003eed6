import { cosines } from './cosines.js'
import { events } from './events.js'
import { onlineLearning } from './online.js'
import { scale } from './scale.js'
import type { Study } from './study.js'

/** All studies, in the order of the help. */
export const studies: readonly Study[] = [scale, cosines, onlineLearning, events]
