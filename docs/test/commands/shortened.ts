import { type ProblemKind, findProblem } from '@spikeward/experiment'

/**
 * The kind of problem that a command learns; null if it names none. An operator solves its equation for each of its
 * functions.
 */
const kindOf = async (what: string): Promise<ProblemKind | null> =>
  /^\w/.test(what) ? (await findProblem(what)).kind : null

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '')

/** Coarse grids for problems whose reference solver takes seconds for a function or for its points. */
const coarse: Readonly<Record<string, string>> = {
  'navier-stokes': '--nodes 16 --sensors 8',
  'nonlinear-diffusion-2d': '--cells 16 --sensors 9 --points 9 --times 3',
  'darcy-2d': '--cells 16 --sensors 17',
  'lid-driven-cavity': '--cells 8 --test 6',
  'burgers-pinn': '--test 16,8 --validation 20 --train 8,4',
  'allen-cahn': '--nodes 64 --test 16,8 --validation 20',
  'inverse-burgers': '--test 10 --validation 20 --measurements 50',
  'burgers-sharp': '--nodes 32',
  'kuramoto-sivashinsky': '--frames 9',
  'advection-jumps': '--frames 9',
  'allen-cahn-2d': '--frames 3',
  'nagumo-2d': '--frames 3',
  'gray-scott': '--frames 3',
  'shallow-water': '--frames 3',
}

/** Networks on a grid, whose size is the number of channels. */
const onGrid = /^(fno|wno|cnn|unet|graph|transformer)$/

/** The sizes of a network. Contracts test each operation at many sizes; here it is the path that counts. */
const small = words('--hidden 6 --time 4')

/**
 * Options that shorten a command: few steps and functions, small networks, coarse grids. Given last, an option
 * overrides an earlier one.
 */
export async function shortened(tool: 'spikeward' | 'bench', args: readonly string[]): Promise<readonly string[]> {
  const [name = '', what = ''] = args
  if (tool === 'bench') {
    // Between them, the two lines of `device` have both widths of weights.
    const bits = args.includes('--kinds') ? '--bits 8' : '--bits 4'
    const own: Record<string, string> = {
      step: '--peers none',
      tuned: '--steps 3 --hidden 4,4;4,4,4',
      device: `${bits} --hidden 8`,
    }
    return words(`--quick ${own[name] ?? ''}`)
  }
  // The errors of other methods take longer than so short a training; apps/cli/test/training/baselines.test.ts computes
  // them.
  const alone = args.includes('--baselines') ? [] : words('--baselines none')
  if (name === 'resume' || name === 'evaluate') return alone
  if (name === 'import') return words('--steps 2')
  if (name === 'search') return words('--trials 2 --steps 20 --backend cpu')
  if (name === 'chip' && what === 'train') {
    const network = args[2]!.startsWith('runs/') ? [] : small
    return [...words('--steps 2 --batch 16 --quiet --backend cpu'), ...network]
  }
  if (name !== 'train' && name !== 'compare') return []
  const kind = await kindOf(what)
  const operator = kind === 'operator'
  const few = operator ? words('--sizes 4,2,2') : []
  // An equation is evaluated, and its Gauss–Newton systems are built, at its collocation points.
  const points = kind === 'pinn' ? words('--collocation 20') : []
  // Other tests choose a backend by measuring all of them; two steps on the reference take less time than to compile
  // them.
  // A second thread would wait for the first, and for other tests.
  const threads = args.includes('native') && !args.includes('--threads') ? words('--threads 1') : []
  const common = [...(args.includes('--backend') ? threads : words('--backend reference')), ...alone]
  if (name === 'compare')
    return [...words('--estimators bp,rfg --budget 0.02s --keys 1 --rates 1'), ...small, ...few, ...points, ...common]
  const parts = ['branch', 'trunk'].flatMap((part) => (args.includes(`--${part}`) ? [`--${part}`, '8'] : []))
  // There are at most as many principal components as functions.
  const components = args.includes('--components') ? words('--components 2') : []
  // Of operators, a batch and the modes of a basis are at most the number of functions.
  const batch = words(!operator ? '--batch 16' : args.includes('--batch') ? '--features 4 --batch 4' : '--features 4')
  const grid = words(coarse[what] ?? '')
  const channels = args.some((word) => onGrid.test(word)) ? words('--channels 4') : []
  // apps/cli/test/data.test.ts chooses settings by trials.
  const trial = args.includes('--data') ? words('--no-trial') : []
  return [
    ...words('--steps 2 --quiet --no-figures'),
    ...small,
    ...batch,
    ...parts,
    ...components,
    ...few,
    ...points,
    ...grid,
    ...channels,
    ...trial,
    ...common,
  ]
}
