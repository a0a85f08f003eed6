/** The data of an operator that the page shows. */
type ShownOperator = {
  readonly title: string
  /** The equation, with its conditions. */
  readonly text: string
  /** Ends of the interval of the sources. */
  readonly low: number
  readonly high: number
  /** Whether the solution depends on time, and is drawn as a map. */
  readonly inTime: boolean
  readonly problem: 'poisson1d' | 'reactionDiffusion'
  readonly options: { readonly lengthScale: number; readonly test: number }
  /** Length scale of the sources in its training set, as a share of the interval. */
  readonly smoothness: number
  readonly features: number
  readonly branch: readonly number[]
  readonly trunk: readonly number[]
  readonly time: number
}

/**
 * The operators that the page shows, and the widths of the networks that learn them. Each has a trained checkpoint in
 * public/checkpoints, which scripts/trainCheckpoint.ts writes. This is the only list of them.
 */
export const shownOperators = {
  poisson: {
    title: 'Poisson',
    text: '−u″ = f on [−1, 1], u = 0 at both ends',
    low: -1,
    high: 1,
    inTime: false,
    problem: 'poisson1d',
    options: { lengthScale: 0.5, test: 200 },
    smoothness: 0.25,
    features: 24,
    branch: [256],
    trunk: [128],
    time: 64,
  },
  'reaction-diffusion': {
    title: 'Reaction–diffusion',
    text: 'uₜ = 0.01 uₓₓ + 0.01 u² + f(x) on [0, 1], u = 0 at the ends and at t = 0',
    low: 0,
    high: 1,
    inTime: true,
    problem: 'reactionDiffusion',
    options: { lengthScale: 0.25, test: 100 },
    smoothness: 0.25,
    features: 32,
    branch: [256],
    trunk: [192],
    time: 64,
  },
} as const satisfies Readonly<Record<string, ShownOperator>>

/** The name of one of them. */
export type OperatorName = keyof typeof shownOperators
