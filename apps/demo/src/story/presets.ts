import type { Facts } from '@spikeward/core'
import { firstPoints, withSamples } from '../settings/own.js'
import { type Settings, contenderFor, firstSettings, settingsFor } from '../settings/settings.js'
import type { Tuned } from '../settings/tuned.js'

/** A run that shows one thing, and what to look for. */
export type Preset = { readonly title: string; readonly tryThis: string; readonly settings: Settings }

/** Suggested runs of an equation and an operator, once these are loaded. */
export const laterPresets = (tuned: Tuned): Preset[] =>
  Object.keys(tuned.equations).length === 0
    ? []
    : [
        {
          title: 'An equation',
          tryThis:
            'The heat equation from its residual alone: the network sees no data, and yet it finds the solution. Many more are below, under “Change anything”.',
          settings: settingsFor('heat1d', tuned),
        },
        {
          title: 'An operator',
          tryThis:
            'A map from functions to functions: the network learns to solve −u″ = f for any f from 64 solved examples, and is tested on others. Choose which of them is shown under the picture.',
          settings: settingsFor('poisson1d', tuned),
        },
      ]

const race = (...names: readonly string[]) => names.map((name) => contenderFor(name))

/** Suggested runs, from the easiest to the strangest. */
export const presets: readonly Preset[] = [
  {
    title: 'The race',
    tryThis: 'Forward only against backwards, from the same weights: watch the errors by time, then by forward passes.',
    settings: firstSettings,
  },
  {
    title: 'A curve',
    tryThis: 'One input, one layer: the smallest network that learns. Look inside while it does.',
    settings: { ...settingsFor('parabola'), contenders: race('eligibility', 'rfg') },
  },
  {
    title: 'Noisy points',
    tryThis:
      'Thirty points of the curve, half of them noise: does it learn the curve or the noise? Move the sliders under the picture.',
    settings: {
      ...settingsFor('parabola'),
      problemOptions: { train: '30', noise: '0.5' },
      batch: 30,
      contenders: race('eligibility', 'bp'),
    },
  },
  {
    title: 'Your points',
    tryThis: 'A curve through points of your own: click on the picture to add one, on a point to remove it.',
    settings: withSamples({ ...firstSettings, contenders: race('eligibility', 'rfg') }, 1, firstPoints(1)),
  },
  {
    title: 'Few neurons',
    tryThis: 'Eight neurons in a layer: the surface stays coarse, since each neuron can only add or leave out a fold.',
    settings: { ...firstSettings, hidden: [8], contenders: race('eligibility') },
  },
  {
    title: 'Little time',
    tryThis: 'Four time steps: a rate is one of five values, and the surface becomes a staircase.',
    settings: { ...firstSettings, time: 4, contenders: race('eligibility') },
  },
  {
    title: 'Ripples',
    tryThis: 'A target that random neurons cannot express: here training of the hidden neurons decides.',
    settings: { ...settingsFor('ripple'), contenders: race('eligibility', 'bp') },
  },
  {
    title: 'No derivative',
    tryThis: 'Estimators that only compare errors, next to random directions: they are slow, and yet they learn.',
    settings: { ...firstSettings, contenders: race('spsa', 'evolution', 'rfg') },
  },
]

/** A description of an estimator in a sentence without symbols: that of its declaration, or its summary. */
export function plainly({ facts, summary }: { readonly facts: Facts; readonly summary: string }): string {
  const { plainly: sentence } = facts
  return typeof sentence === 'string' ? sentence : `In the words of its package: ${summary}.`
}
