/** A table that becomes a list of labelled values where the window is narrow. */
import type { ComponentChildren } from 'preact';
import '../styles/data-table.css';

interface DataTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  /** One cell for each column; the first one names the row. */
  readonly rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[];
  readonly testId?: string;
}

/** The roles are written out, because a browser may drop those of a table that is laid out otherwise. */
export function DataTable({ caption, columns, rows, testId }: DataTableProps) {
  return (
    <table class="data-table" role="table" data-testid={testId}>
      <caption class="sr-only">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} scope="col" role="columnheader">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells: [name, ...values] }) => (
          <tr key={key} role="row">
            <th scope="row" role="rowheader">
              {name}
            </th>
            {values.map((value, index) => (
              <td key={columns[index + 1]} role="cell" data-label={columns[index + 1]}>
                <div>{value}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
