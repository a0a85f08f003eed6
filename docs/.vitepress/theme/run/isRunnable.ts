/** The modules that a program of a page may import. */
export const runnableModules = [
  '@spikeward/backend-cpu',
  '@spikeward/core',
  '@spikeward/core/backend',
  '@spikeward/estimators',
  '@spikeward/neurons',
  '@spikeward/operators',
  '@spikeward/optim',
  '@spikeward/problems',
  '@spikeward/experiment/tuned',
  '@spikeward/problems/regression',
  '@spikeward/train',
] as const

/**
 * Whether a page can run a program: a whole one, which imports nothing but {@link runnableModules}, exports nothing and
 * starts no Worker.
 */
export function isRunnable(code: string): boolean {
  const imported = [...code.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name)
  const known: readonly string[] = runnableModules
  const isWhole = imported.length > 0 && !/^export /m.test(code)
  return isWhole && imported.every((name) => known.includes(name)) && !code.includes('new Worker(')
}
