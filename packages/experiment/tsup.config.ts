import { library } from '../../scripts/tsup.ts'

export default library([
  'src/index.ts',
  'src/node.ts',
  'src/points.ts',
  'src/tuned.ts',
  'src/names.ts',
  'src/host/node.ts',
  'src/host/page.ts',
  'src/host/foldersInNode.ts',
  'src/host/foldersInPage.ts',
  'src/node/plugins/moduleHooks.ts',
])
