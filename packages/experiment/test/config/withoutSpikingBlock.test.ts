/** The command ignores options of spiking layers where a network refuses them, and nowhere else. */
import { blockOf, podBasis, spikingParts } from '@spikeward/operators'
import { atan, leakyIntegrateAndFire } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { type NetworkEntry, makeNetwork, networks } from '../../src/catalogue/kinds/networks.js'
import type { OptionValues } from '../../src/catalogue/optionValues.js'
import { deepLayerSettings, withoutSpikingBlock } from '../../src/config/networkPart.js'

const units = { neuron: leakyIntegrateAndFire({ beta: 1 }), surrogate: atan({ alpha: 2 }), time: 4 }
const nodes = [Float64Array.of(-1, 1), Float64Array.of(-1, 1)] as const
const values = { residual: true, standardiseWeights: true, hiddenGain: 1 } satisfies Record<
  (typeof deepLayerSettings)[number],
  unknown
>

/** Every network of equations and operators with all choices of its spiking parts and of its code. */
const rows = Object.entries(networks)
  .filter(([, { kind }]) => kind !== 'regression')
  .flatMap(([name, entry]) =>
    Object.keys(spikingParts).flatMap((spiking) =>
      (entry.hasOption('code') ? ['rate', 'firstSpike'] : [null]).map((code) => [name, spiking, code, entry] as const),
    ),
  )

/** Makes a network of two spiking layers with a value of one option. */
async function made(name: string, entry: NetworkEntry, spiking: string, own: OptionValues) {
  const spikes = spikingParts[spiking as keyof typeof spikingParts]
  const part = (key: 'branch' | 'trunk') => blockOf(units, entry.block, [4, 4], spikes[key])
  const given = {
    sensors: () => 3,
    axes: () => 2,
    outputs: () => 1,
    features: () => 3,
    rank: () => 3,
    block: () => part('trunk'),
    trunk: () => part('trunk'),
    branch: () => part('branch'),
    branches: () => [{ sensors: 3, branch: part('branch') }],
    basis: () =>
      podBasis(
        new Float64Array(16).map((_, i) => Math.sin(1 + 3 * i)),
        4,
        2,
      ),
    at: () => ({ kind: 'grid', axes: nodes }),
  }
  return makeNetwork(name, entry, own, given, [])
}

describe('networks', () => {
  it('of all kinds are there', () => {
    const names = rows.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(['deeponet', 'pod-deeponet', 'pinn', 'modified-pinn']))
    expect(rows.filter(([name, spiking, code, entry]) => withoutSpikingBlock(name, entry, spiking, code))).not.toEqual(
      [],
    )
  })

  it.each(rows)('%s with --spiking %s and code %s', async (name, spiking, code, entry) => {
    const coded = code === null ? {} : { code }
    for (const setting of deepLayerSettings) {
      if (!entry.hasOption(setting)) continue
      const own = { ...coded, [setting]: values[setting] }
      const why = await made(name, entry, spiking, own).then(
        () => null,
        (error: unknown) => String(error),
      )
      if (withoutSpikingBlock(name, entry, spiking, code) === null) expect(why).toBeNull()
      else expect(why).toContain(`${setting} is an option of spiking blocks`)
    }
  })
})
