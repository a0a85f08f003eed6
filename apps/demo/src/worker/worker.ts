/** The script of all workers of the page: its name selects whether it trains or inspects. */
import type { Answer, Ask, TrainEvent, TrainRequest } from '../protocol.js'
import { catalogue } from './catalogue.js'
import { makeQuestions } from './questions.js'
import { makeTrainer } from './trainer.js'

if (self.name === 'look') {
  const look = makeQuestions((answer: Answer) => self.postMessage(answer))
  self.addEventListener('message', ({ data }: MessageEvent<Ask>) => look(data))
} else {
  const post = (event: TrainEvent, transfer: Transferable[] = []): void => self.postMessage(event, { transfer })
  const train = makeTrainer(post)
  self.addEventListener('message', ({ data }: MessageEvent<TrainRequest>) => train(data))
  post({ type: 'catalogue', catalogue })
}
