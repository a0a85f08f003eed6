import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'
import { interpreterWith, pythonEnvironment } from './python.js'

/** PyTorch: eager, torch.func, torch.compile. */
export const torch: PeerEntry = {
  about: 'PyTorch: eager, torch.func, torch.compile',
  install: { debian: ['python3-torch', 'libopenblas0-pthread'] },
  async start(task, specification, threads, instructionSet) {
    const env = pythonEnvironment(threads, instructionSet)
    const found = interpreterWith(['torch'], env)
    if (found === null) {
      return {
        name: 'torch',
        absent: 'no python3 with torch was found; Debian has python3-torch and libopenblas0-pthread',
      }
    }
    return startPeer({
      name: 'torch',
      command: found,
      args: [peerScript(`python/torch_${task}.py`), specification],
      // The one step compiles in the peer's process: each further process would load PyTorch first.
      env: { ...env, TORCHINDUCTOR_COMPILE_THREADS: '1' },
    })
  },
}
