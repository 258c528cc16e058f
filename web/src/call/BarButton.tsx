import type { Ref } from "react";
import { Button, type ButtonProps } from "react-aria-components";
import { Icon, type IconName } from "../ui/Icon";

interface BarButtonProps extends Omit<ButtonProps, "className" | "children" | "style"> {
  icon: IconName;
  /** Under the icon, for everybody. */
  label: string;
  /** What a press does, or why it does nothing: at the pointer, and read after the label. */
  hint?: string;
  /** A switch: on or off. */
  isOn?: boolean;
  /** Off is worth seeing: one is not heard, not seen. */
  look?: "plain" | "open" | "off" | "active" | "leave";
  /** Something new behind it. */
  count?: number;
  ref?: Ref<HTMLButtonElement>;
  "data-medium"?: string;
  "data-control"?: string;
}

/** A button of the call: an icon and a word that stays the same; whether it is on is said by `aria-pressed`. */
export function BarButton({
  icon,
  label,
  hint,
  isOn,
  look = "plain",
  count = 0,
  ...rest
}: BarButtonProps) {
  return (
    <Button
      {...rest}
      {...(isOn === undefined ? {} : { "aria-pressed": isOn })}
      className="bar-button"
      data-look={look}
      render={(props) => <button {...props} title={hint} />}
    >
      <span className="bar-button__icon">
        <Icon name={icon} size={22} />
        {count > 0 && (
          <span className="bar-button__count" aria-hidden="true">
            {count}
          </span>
        )}
      </span>
      <span className="bar-button__label">{label}</span>
    </Button>
  );
}
