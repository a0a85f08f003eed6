/** The script of all workers of the page: its name selects whether it trains or answers questions. */
import { faultOf } from '../protocol.js'
import { catalogue } from './catalogue.js'
import type { Question } from './later/questions.js'
import { type Trainer, makeTrainer } from './trainer.js'

if (self.name === 'look') {
  const answering = import('./later/later.js').then(({ makeQuestions }) => makeQuestions((a) => self.postMessage(a)))
  self.addEventListener('message', ({ data }: MessageEvent<Question>) => {
    answering.then(
      (answer) => answer(data),
      (error: unknown) => self.postMessage({ id: data.id, fault: faultOf(error) }),
    )
  })
} else {
  const trainer = makeTrainer((run, name, args, transfer = []) => self.postMessage([run, name, args], { transfer }))
  self.addEventListener('message', ({ data }: MessageEvent<[keyof Trainer, ...never[]]>) => {
    const [name, ...args] = data
    Reflect.apply(trainer[name], undefined, args)
  })
  self.postMessage([null, 'catalogue', [catalogue]])
}
