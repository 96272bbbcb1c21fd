/** For which program and which system the advice is. */
import { PROGRAM_CHOICES } from '../../words/advice.js';
import type { AdviceChoice } from '../../state/advice-api.js';

const PLATFORMS = [
  { value: '', title: 'as on this host' },
  { value: 'linux', title: 'Linux' },
  { value: 'windows', title: 'Windows' },
] as const;

interface ChoiceBarProps {
  readonly choice: AdviceChoice;
  readonly onChoose: (choice: AdviceChoice) => void;
}

export function ChoiceBar({ choice, onChoose }: ChoiceBarProps) {
  return (
    <div class="choice-bar">
      <label>
        Program{' '}
        <select
          value={choice.program}
          onChange={(event) => onChoose({ ...choice, program: event.currentTarget.value })}
        >
          <option value="">as the processes show</option>
          {PROGRAM_CHOICES.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        System{' '}
        <select
          value={choice.platform}
          onChange={(event) => onChoose({ ...choice, platform: event.currentTarget.value })}
        >
          {PLATFORMS.map(({ value, title }) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
