/** A component that is drawn again only when one of its properties is another value, or a signal that it reads changes. */
import { Component, type ComponentType, type FunctionComponent } from 'preact';

export function memo<P extends object>(Inner: FunctionComponent<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof P>;
      return [...names].some((name) => next[name] !== this.props[name]);
    }

    override render(props: Readonly<P>) {
      return <Inner {...props} />;
    }
  };
}
