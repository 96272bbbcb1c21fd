/** The search field above a table. */
/** As many as the daemon takes. */
const MOST_CHARACTERS = 100;

interface FilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

export function Filter({ label, placeholder, query, onQuery }: FilterProps) {
  return (
    <label class="filter">
      <span class="sr-only">{label}</span>
      <input
        type="search"
        placeholder={placeholder}
        value={query}
        maxLength={MOST_CHARACTERS}
        onInput={(event) => onQuery(event.currentTarget.value)}
      />
    </label>
  );
}
