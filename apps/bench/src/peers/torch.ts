import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { Absent, Peer, PeerEntry } from './peer.js'
import { interpreterWith, pythonEnvironment } from './python.js'

/** Starts a script that needs torch; absent where no interpreter has it. */
export async function startTorchScript(
  name: string,
  script: string,
  specification: string,
  threads: number,
): Promise<Peer | Absent> {
  const env = pythonEnvironment(threads)
  const found = interpreterWith(['torch'], env)
  if (found === null) {
    return { name, absent: 'no python3 with torch was found; Debian has python3-torch and libopenblas0-pthread' }
  }
  return startPeer({ name, command: found, args: [peerScript(script), specification], env })
}

/** PyTorch: eager, torch.func, torch.compile. */
export const torch: PeerEntry = {
  about: 'PyTorch: eager, torch.func, torch.compile',
  install: { debian: ['python3-torch', 'libopenblas0-pthread'] },
  start: (specification, threads) => startTorchScript('torch', 'torch_step.py', specification, threads),
}
