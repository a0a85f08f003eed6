import { library } from '../../scripts/tsup.ts'

export default library(['src/index.ts', 'src/backendEntry.ts', 'src/node.ts', 'src/tilingEntry.ts'])
