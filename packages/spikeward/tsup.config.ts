import { library } from '../../scripts/tsup.ts'

export default library(['src/index.ts', 'src/here.ts', 'src/page.ts', 'src/worker.ts'])
