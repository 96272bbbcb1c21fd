/** Says that code could not be loaded: a daemon that was updated has other files. */
export function LoadFailed({ what }: { what: string }) {
  return (
    <p role="status">
      {what} could not be loaded. portcast was updated, or does not answer.{' '}
      <button type="button" class="link-button" onClick={() => location.reload()}>
        Reload
      </button>
    </p>
  );
}
