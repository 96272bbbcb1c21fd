/**
 * The sign of portcast: the drawing of public/favicon.svg. It is part of the page, because a browser builds a document of its own
 * for each SVG file that it shows, and the first frame would wait for that.
 */
export function BrandSign({ size }: { size: number }) {
  return (
    <svg
      class="brand-sign"
      viewBox="0 0 32 32"
      width={size}
      height={size}
      fill="none"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <rect class="brand-ground" width="32" height="32" rx="7" />
      <path d="M5 8h22" stroke-width="2.5" stroke-dasharray="3.5 4" opacity=".85" />
      <path d="M5 25c6 0 7-9 12-9" stroke-width="3" />
      <path d="M17 16c4 0 5-3 10-7" stroke-width="3" stroke-dasharray="2 4.5" />
    </svg>
  );
}
