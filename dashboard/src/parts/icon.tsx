/** Icons as SVG paths, since a font may lack a glyph. They are decoration: the word stands beside them. */
const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 4.8',
  alert: 'M8 3.2v5.6M8 12.2v.3',
  cross: 'M4 4l8 8M12 4l-8 8',
  info: 'M8 7.2v5M8 3.8v.3',
  ring: 'M8 3.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9z',
  level: 'M2.5 8h11',
  churn: 'M13 6.5A5.2 5.2 0 003.6 5M3 9.5A5.2 5.2 0 0012.4 11M3.4 2.2v3h3M12.6 13.8v-3h-3',
  rise: 'M2.5 12l4-4 2.5 2L13.5 4.5M9.8 4.2h3.9v3.9',
  question: 'M5.7 6a2.3 2.3 0 113.3 2.1c-.7.4-1 .8-1 1.6M8 12.3v.2',
  up: 'M8 13V3.5M4 7.2L8 3.2l4 4',
  down: 'M8 3v9.5M4 8.8l4 4 4-4',
  sun: 'M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.6A5.4 5.4 0 016.4 3a5.4 5.4 0 106.6 6.6z',
  system: 'M8 2.5a5.5 5.5 0 100 11zM8 2.5a5.5 5.5 0 010 11',
  leave: 'M9.5 3H3.5v10h6M7 8h7M11.2 5.2L14 8l-2.8 2.8',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
