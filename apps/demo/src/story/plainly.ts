import type { Facts } from '@spikeward/core'

/** A description of an estimator in a sentence without symbols: that of its declaration, or its summary. */
export function plainly({ facts, summary }: { readonly facts: Facts; readonly summary: string }): string {
  const { plainly: sentence } = facts
  return typeof sentence === 'string' ? sentence : `In the words of its package: ${summary}.`
}
