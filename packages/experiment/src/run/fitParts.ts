import type { Tree } from '@spikeward/core'
import { type FitRun, type TaskFitOptions, fit } from '@spikeward/train'
import type { Parts } from './buildParts.js'

type Options = Omit<TaskFitOptions<Tree, Tree, Tree>, 'task' | 'callbacks' | 'estimator' | 'optimizer'>

export const fitParts = ({ experiment, estimator, optimizer }: Parts, options: Options): FitRun =>
  fit<Tree, Tree, Tree>({
    ...{ task: experiment.task, callbacks: experiment.callbacks, estimator, optimizer },
    ...options,
  })
