/** The button that shows all rows of a long list, or the first rows again. */
interface MoreButtonProps {
  readonly count: number;
  /** How many rows are shown at first. */
  readonly limit: number;
  readonly showsAll: boolean;
  readonly onShowAll: (showsAll: boolean) => void;
}

/** Renders nothing where all rows fit. */
export function MoreButton({ count, limit, showsAll, onShowAll }: MoreButtonProps) {
  if (count <= limit) return null;
  return (
    <button type="button" class="link-button more" onClick={() => onShowAll(!showsAll)} aria-expanded={showsAll}>
      {showsAll ? `Show the first ${limit}` : `Show all ${count}`}
    </button>
  );
}
