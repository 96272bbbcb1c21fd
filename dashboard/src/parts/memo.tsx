/** A component that is drawn again only when one of its properties changes, or a signal that it reads. */
import { Component, type ComponentType, type FunctionComponent } from 'preact';

/** When two values of a property are drawn alike. */
type Alike<P> = { readonly [K in keyof P]?: (before: P[K], next: P[K]) => boolean };

/** @param alike of a property that is not listed only the same value is drawn alike */
export function memo<P extends object>(Inner: FunctionComponent<P>, alike: Alike<P> = {}): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>, nextState: unknown): boolean {
      const { props, state } = this;
      // A signal that Inner reads gives this component another state.
      if (nextState !== state) return true;
      const differs = (name: keyof P): boolean => !(alike[name] ?? Object.is)(props[name], next[name]);
      return (Object.keys(next) as (keyof P)[]).some(differs) || (Object.keys(props) as (keyof P)[]).some(differs);
    }

    override render(props: Readonly<P>) {
      return Inner(props);
    }
  };
}
