import { library } from '../../scripts/tsup.ts'

export default library(['src/index.ts', 'src/node.ts', 'src/notebook.ts', 'src/page.ts', 'src/worker.ts'])
