import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { define as defineDrop } from './deadLetters/drop.ts';
import { define as defineList } from './deadLetters/list.ts';
import { define as defineRedrive } from './deadLetters/redrive.ts';
import { define as defineShow } from './deadLetters/show.ts';

export const define: DefineCommand = (command, invocation) => {
  command.description(
    'Messages that could not be run: rejected ones, and those that the host gave up on. They are kept whole.',
  );
  defineList(command.command('list'), invocation);
  defineShow(command.command('show'), invocation);
  defineRedrive(command.command('redrive'), invocation);
  defineDrop(command.command('drop'), invocation);
  addExamples(command, [
    ['dead-letters list', 'what could not be run'],
    ['dead-letters redrive --all --dry-run', 'what could be sent again'],
  ]);
};
