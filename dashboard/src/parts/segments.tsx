/** A row of buttons of which at most one is pressed. */
interface SegmentsProps<T> {
  readonly label: string;
  readonly options: readonly T[];
  /** Null where none of them is chosen. */
  readonly selected: T | null;
  readonly onSelect: (option: T) => void;
}

export function Segments<T extends { readonly name: string }>(props: SegmentsProps<T>) {
  const { label, options, selected, onSelect } = props;
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.name} type="button" aria-pressed={option === selected} onClick={() => onSelect(option)}>
          {option.name}
        </button>
      ))}
    </div>
  );
}
