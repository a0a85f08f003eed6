import { contenderFor, firstSettings, settingsFor } from '../settings/settings.js'
import type { Settings } from '../settings/settings.js'

/** A run that shows one thing, and what to look for. */
export type Preset = { readonly title: string; readonly tryThis: string; readonly settings: Settings }

const race = (...names: readonly string[]) => names.map((name) => contenderFor(name))

/** What to try, from the easiest to the oddest. */
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
    tryThis: 'Estimators that only compare errors, beside random directions: slow, and yet they learn.',
    settings: { ...firstSettings, contenders: race('spsa', 'evolution', 'rfg') },
  },
]
