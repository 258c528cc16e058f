import type { RefObject } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import { Icon, type IconName } from "./Icon";

type Look = "primary" | "plain" | "quiet" | "danger";

interface ButtonProps extends Omit<AriaButtonProps, "className" | "children" | "style"> {
  ref?: RefObject<HTMLButtonElement | null>;
  look?: Look;
  small?: boolean;
  icon?: IconName;
  children: string;
}

export function Button({ look = "plain", small = false, icon, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={`button button--${look}${small ? " button--small" : ""}`}>
      {icon !== undefined && <Icon name={icon} size={small ? 16 : 20} />}
      <span>{children}</span>
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, "className" | "children" | "style"> {
  icon: IconName;
  label: string;
  small?: boolean;
}

/** A button that shows an icon only; `label` is its name. */
export function IconButton({ icon, label, small = false, ...rest }: IconButtonProps) {
  return (
    <AriaButton
      {...rest}
      aria-label={label}
      className={`button button--icon${small ? " button--small" : ""}`}
    >
      <Icon name={icon} />
    </AriaButton>
  );
}
