import { useId } from "react";

interface Option<Value extends string> {
  value: Value;
  label: string;
  hint?: string;
}

interface OptionsProps<Value extends string> {
  legend: string;
  name: string;
  value: Value;
  options: readonly Option<Value>[];
  onChange(value: Value): void;
}

/** One of a few, each with what it means: the browser's own radio buttons in boxes that are easy to hit. */
export function Options<Value extends string>(props: OptionsProps<Value>) {
  const { legend, name, value, options, onChange } = props;
  const id = useId();
  return (
    <fieldset className="options">
      <legend className="field__label">{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className="option" data-chosen={option.value === value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            aria-labelledby={`${id}-${option.value}`}
            aria-describedby={option.hint === undefined ? undefined : `${id}-${option.value}-hint`}
            onChange={() => onChange(option.value)}
          />
          <span className="option__words">
            <span id={`${id}-${option.value}`} className="option__label">
              {option.label}
            </span>
            {option.hint !== undefined && (
              <span id={`${id}-${option.value}-hint`} className="field__hint">
                {option.hint}
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
