/** The goals of an instruction set. */

/** Instruction sets that have goals. */
export const goalSets = ['avx2', 'avx512'] as const
export type GoalSet = (typeof goalSets)[number]

/** A figure and its goal on each instruction set; null: none. */
export type Goal = {
  readonly figure: string
  /** Whether the goal is a lower or an upper bound of the figure. */
  readonly sense: 'least' | 'most'
  readonly goals: Readonly<Record<GoalSet, number | null>>
}

const atLeast = (figure: string, avx2: number | null, avx512: number | null): Goal => ({
  figure,
  sense: 'least',
  goals: { avx2, avx512 },
})
const atMost = (figure: string, avx2: number | null, avx512: number | null): Goal => ({
  figure,
  sense: 'most',
  goals: { avx2, avx512 },
})

/** The figures of `ratios`, in the order of its table. Speeds are ratios of times, theirs divided by ours. */
export const goals = {
  oneByHand: atLeast('rfg K = 1: speed against duals by hand in PyTorch', 2, 2.6),
  oneOwn: atLeast('rfg K = 1: speed against forward mode of PyTorch', 6, 8),
  eightByHand: atLeast('rfg K = 8: speed against duals by hand in PyTorch', 1.7, 2),
  eightOwn: atLeast('rfg K = 8: speed against forward mode of PyTorch', 4.5, 5),
  bpByHand: atLeast('bp: speed against a loop by hand in PyTorch', 1.6, 1.8),
  bpOwn: atLeast('bp: speed against autograd of PyTorch', 3, 3.3),
  cpuOneLayer: atLeast('native against cpu, one hidden layer', 2.5, 2.5),
  cpuTwoLayers: atLeast('native against cpu, two hidden layers', 1.8, 4),
  bpTwoAtan: atMost('rfg / bp, time of two hidden layers, atan', 0.55, 0.52),
  bpThreeAtan: atMost('rfg / bp, time of three hidden layers, atan', 0.55, 0.52),
  bpTwoTriangular: atMost('rfg / bp, time of two hidden layers, triangular', 0.5, 0.45),
  bpThreeTriangular: atMost('rfg / bp, time of three hidden layers, triangular', 0.5, 0.45),
  spsa: atMost('spsa / bp, time of two hidden layers', 0.34, 0.3),
  wasmByHand: atLeast('cpu, rfg K = 1: speed against duals by hand in PyTorch', 1.3, null),
  threads: atLeast('rfg K = 1: two threads against one', 1.85, 1.85),
} as const satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof goals

/** Whether a figure reaches its goal; null where it has none. */
export function reaches({ sense, goals: by }: Goal, set: GoalSet, value: number): boolean | null {
  const goal = by[set]
  if (goal === null) return null
  return sense === 'least' ? value >= goal : value <= goal
}
