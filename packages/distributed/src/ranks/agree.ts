import { type Communicator, SpikewardError } from '@spikeward/core'

/** Sends a text of each rank to all ranks; returns them in the order of ranks. */
async function gatherTexts(communicator: Communicator, text: string): Promise<string[]> {
  const mine = new TextEncoder().encode(text)
  const lengths = (await communicator.allgather(Uint32Array.of(mine.length))).map(([n]) => n!)
  const padded = new Uint8Array(Math.max(...lengths))
  padded.set(mine)
  const all = await communicator.allgather(padded)
  return all.map((bytes, rank) => new TextDecoder().decode(bytes.subarray(0, lengths[rank])))
}

/**
 * Ensures that all ranks agree: same build, same settings, same processor. Every rank throws if one differs.
 *
 * @param facts texts by name, such as `{ version: '0.1.0' }`; the same names on every rank
 * @throws RANKS_DIFFER, which names the first fact that differs, its values and the ranks that have them
 */
export async function agree(communicator: Communicator, facts: Readonly<Record<string, string>>): Promise<void> {
  const all = (await gatherTexts(communicator, JSON.stringify(facts))).map(
    (text) => JSON.parse(text) as Record<string, string>,
  )
  for (const name of Object.keys(facts)) {
    const [first, ...others] = all.map((of) => of[name])
    const at = others.findIndex((value) => value !== first)
    if (at < 0) continue
    throw new SpikewardError(
      'RANKS_DIFFER',
      `ranks 0 and ${at + 1} differ in their ${name}: ${first} and ${all[at + 1]![name]}; ` +
        'start the same program with the same arguments on machines of the same kind',
    )
  }
}

/** Sends bytes of any length from rank 0 to all. */
export async function broadcastBytes(communicator: Communicator, mine: Uint8Array | null): Promise<Uint8Array> {
  const [length] = await communicator.broadcast(Uint32Array.of(mine?.length ?? 0))
  return communicator.broadcast(communicator.rank === 0 && mine !== null ? mine : new Uint8Array(length!))
}
