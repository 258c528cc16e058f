import "./segments.css";
import { useId } from "react";

interface SegmentsProps<Value extends string> {
  legend: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange(value: Value): void;
}

/** One of a few short words, side by side: the browser's own radio buttons. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { legend, value, options, onChange } = props;
  const name = useId();
  return (
    <fieldset className="segments">
      <legend className="field__label">{legend}</legend>
      <div className="segments__row">
        {options.map((option) => (
          <label key={option.value} className="segment" data-chosen={option.value === value}>
            <input
              type="radio"
              className="visually-hidden"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
