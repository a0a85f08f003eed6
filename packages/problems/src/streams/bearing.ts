import { type Key, normal, uniform } from '@spikeward/core'

/** Constants of a rotating machine, in samples and revolutions. */
export const bearing = {
  /** Samples of a revolution at the mean speed. */
  revolution: 80,
  /** Balls that pass a point of the outer ring in a revolution. */
  passes: 3.585,
  /** Samples of a cycle of the housing's resonance, and those in which it decays by a factor of e. */
  resonance: 4.7,
  decay: 10,
  /** Deviation of the noise. */
  noise: 0.1,
} as const

/** Amplitudes of the harmonics of the shaft. */
const HARMONICS = [1, 0.5, 0.25] as const

/**
 * Vibration of a rotating machine with a defect of a bearing:
 *
 *     v_t = load · Σ_k a_k sin(k φ_t) + r_t + 0.1 noise
 *
 * with the angle φ of the shaft, whose speed wanders by 1 %, and with r the sum of the responses of the housing,
 * e^(−τ/10) sin(2πτ/4.7), to impulses: one each time that a ball passes the defect, at intervals that slip by 2 %.
 *
 * @param conditions at a sample: the severity is the amplitude of the impulses, 0 for a sound bearing
 * @returns the signal, of deviation 0.82 without a defect at a load of 1
 * @see McFadden & Smith 1984, 10.1016/0022-460X(84)90595-9
 * @example
 * const signal = await bearingVibration(key(0), 10_000, (t) => ({ load: 1, severity: t < 5000 ? 0 : 0.5 }))
 */
export async function bearingVibration(
  key: Key,
  samples: number,
  conditions: (sample: number) => { readonly load: number; readonly severity: number },
): Promise<Float64Array> {
  const { revolution, passes, resonance, decay, noise } = bearing
  const [draws, phases] = await Promise.all([
    normal(key.fold(0), [samples, 3]).data(),
    uniform(key.fold(1), [HARMONICS.length]).data(),
  ])
  // The response follows x_{t+1} = c x_t + impulse with a complex c: its imaginary part is the sine.
  const shrink = Math.exp(-1 / decay)
  const [cos, sin] = [shrink * Math.cos((2 * Math.PI) / resonance), shrink * Math.sin((2 * Math.PI) / resonance)]
  const KEEP = 0.999
  let [turns, wander, next, re, im] = [0, 0, 1 / passes, 0, 0]
  const signal = new Float64Array(samples)
  for (let t = 0; t < samples; t++) {
    const draw = (i: number): number => Number(draws[3 * t + i])
    wander = KEEP * wander + 0.01 * Math.sqrt(1 - KEEP ** 2) * draw(0)
    turns += (1 + wander) / revolution
    ;[re, im] = [cos * re - sin * im, sin * re + cos * im]
    const { load, severity } = conditions(t)
    if (turns >= next) {
      re += severity
      next += (1 + 0.02 * draw(1)) / passes
    }
    const shaft = HARMONICS.reduce(
      (sum, a, k) => sum + a * Math.sin(2 * Math.PI * ((k + 1) * turns + Number(phases[k]))),
      0,
    )
    signal[t] = load * shaft + im + noise * draw(2)
  }
  return signal
}

/**
 * Conditions of a machine whose load rises by 30 % from a quarter to three eighths of the samples, and one of whose
 * bearings has a defect that grows from nothing in the middle to a severity of 1 at the end.
 */
export const wearing =
  (samples: number) =>
  (sample: number): { readonly load: number; readonly severity: number } => ({
    load: 1 + 0.3 * Math.min(Math.max((8 * sample) / samples - 2, 0), 1),
    severity: Math.max(0, (2 * sample) / samples - 1),
  })
