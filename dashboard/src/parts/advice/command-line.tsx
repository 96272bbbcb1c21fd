/** A command, or several lines of code, with a button that copies it. */
import { useRef, useState } from 'preact/hooks';

type Copied = 'no' | 'yes' | 'failed';

export function CommandLine({ command }: { command: string }) {
  return (
    <div class="command">
      <code>{command}</code>
      <CopyButton text={command} />
    </div>
  );
}

/** Says for screen readers, too, that it has copied. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState<Copied>('no');
  const button = useRef<HTMLButtonElement>(null);
  const copy = async (): Promise<void> => {
    const done = await copyText(text, button.current);
    setCopied(done ? 'yes' : 'failed');
  };
  return (
    <span class="copy">
      <button
        ref={button}
        type="button"
        class="button is-small"
        aria-label={`Copy: ${text.slice(0, 60)}`}
        onClick={() => void copy()}
      >
        {copied === 'yes' ? 'Copied' : 'Copy'}
      </button>
      <span class="sr-only" role="status">
        {copied === 'yes' && 'Copied'}
        {copied === 'failed' && 'The browser did not copy it: select the text and copy it by hand.'}
      </span>
    </span>
  );
}

/** The clipboard exists on loopback and with TLS only; elsewhere the text is selected, so that a key copies it. */
async function copyText(text: string, button: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const code = button?.closest('.command')?.querySelector('code');
    if (code == null) return false;
    getSelection()?.selectAllChildren(code);
    return false;
  }
}
