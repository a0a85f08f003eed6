/** The script of all workers of the page: its name selects whether it trains or inspects. */
import { NOT_LOADED, faultOf } from '../protocol.js'
import type { Answer, Ask, Given, TrainEvent, TrainRequest } from '../protocol.js'
import { catalogue } from './catalogue.js'
import { makeTrainer } from './trainer.js'

if (self.name === 'look') {
  const post = (answer: Answer): void => self.postMessage(answer)
  const looking = import('./later/later.js').then(({ makeQuestions }) => makeQuestions(post))
  self.addEventListener('message', ({ data }: MessageEvent<Ask | Given>) => {
    const refuse = (error: unknown): void => {
      if ('id' in data) post({ id: data.id, answer: null, fault: faultOf(error) })
    }
    looking.then((look) => look(data), refuse)
  })
} else {
  const post = (event: TrainEvent, transfer: Transferable[] = []): void => self.postMessage(event, { transfer })
  const train = makeTrainer(post)
  const loadLater = async (run: number): Promise<void> => {
    try {
      post({ type: 'catalogue', catalogue: (await import('./later/later.js')).wholeCatalogue })
    } catch (error) {
      const message = `Equations and operators could not be loaded (${faultOf(error).message}); reload the page to choose one.`
      post({ type: 'failed', run, fault: { code: NOT_LOADED, message, contender: null } })
    }
  }
  self.addEventListener('message', ({ data }: MessageEvent<TrainRequest>) => {
    if (data.type === 'later') void loadLater(data.run)
    else train(data)
  })
  post({ type: 'catalogue', catalogue })
}
