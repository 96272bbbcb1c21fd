/** The header of a table column that sorts the rows. */
import type { ComponentChildren } from 'preact';
import type { SortState } from '../state/sort.js';
import { Icon } from './icon.js';

interface SortHeadProps<K extends string> {
  readonly name: K;
  readonly sort: SortState<K> | null;
  readonly onSort: (key: K) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** For `memo`: a function that sorts does the same as long as `sort`, which is compared too, is the same. */
export const SORTS_ALIKE = { onSort: () => true };

export function SortHead<K extends string>({ name, sort, onSort, class: className, children }: SortHeadProps<K>) {
  const active = sort?.key === name;
  return (
    <th scope="col" class={className} aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="sort-head" onClick={() => onSort(name)}>
        {children}
        <span class="sort-sign" aria-hidden="true">
          {active && <Icon name={sort.descending ? 'down' : 'up'} />}
        </span>
      </button>
    </th>
  );
}
