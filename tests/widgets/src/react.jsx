// One widget of each React library, picked by the page. What the component itself holds is
// written into <output>, by the component's own callback and by nothing else.
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { Input as AntInput } from 'antd';
import { PinInput as Ark } from '@ark-ui/react/pin-input';
import { OTPField } from '@base-ui/react/otp-field';
import { ChakraProvider, PinInput as Chakra, defaultSystem } from '@chakra-ui/react';
import { MantineProvider, PinInput as Mantine } from '@mantine/core';
import { MuiOtpInput } from 'mui-one-time-password-input';
import { unstable_OneTimePasswordField as Radix } from 'radix-ui';
import OtpInput from 'react-otp-input';
import { OTPInput, REGEXP_ONLY_DIGITS } from 'input-otp';
import Verification from 'react-verification-input';
import '@mantine/core/styles.css';

// A CommonJS module: bundlers disagree on where its default is.
const VerificationInput = Verification.default ?? Verification;

const six = [0, 1, 2, 3, 4, 5];
const h = React.createElement;

function Slots({ slots }) {
  return h('div', { style: { display: 'flex' } }, slots.map((slot, at) =>
    h('div', { key: at, style: { width: 40, height: 44, border: '1px solid #888' } }, slot.char ?? '')));
}

// Hand-written, as many sites have it: one state per box, focus moved on by the handler.
function Own({ set }) {
  const [digits, setDigits] = React.useState(Array(6).fill(''));
  const boxes = React.useRef([]);
  const change = (at) => (event) => {
    const digit = event.target.value.replace(/\D/g, '').slice(-1);
    const next = digits.map((old, n) => (n === at ? digit : old));
    setDigits(next);
    set(next.join(''));
    if (digit) boxes.current[at + 1]?.focus();
  };
  return h('div', { style: { display: 'flex' } }, six.map((at) => h('input', {
    key: at, ref: (box) => { boxes.current[at] = box; }, value: digits[at], onChange: change(at),
    inputMode: 'numeric', maxLength: 1, style: { width: 40, height: 40 },
  })));
}

export const widgets = {
  antd: ({ set }) => h(AntInput.OTP, { length: 6, onInput: (all) => set(all.join('')) }),
  ark: ({ set }) => h(Ark.Root, { otp: true, count: 6, onValueChange: ({ value }) => set(value.join('')) },
    h(Ark.Control, { style: { display: 'flex' } }, six.map((index) => h(Ark.Input, { key: index, index, style: { width: 40 } })))),
  baseui: ({ set }) => h(OTPField.Root, { length: 6, onValueChange: (value) => set(value), style: { display: 'flex' } },
    six.map((at) => h(OTPField.Input, { key: at, style: { width: 40 } }))),
  chakra: ({ set }) => h(ChakraProvider, { value: defaultSystem },
    h(Chakra.Root, { otp: true, count: 6, onValueChange: ({ value }) => set(value.join('')) },
      h(Chakra.HiddenInput), h(Chakra.Control, null, six.map((index) => h(Chakra.Input, { key: index, index }))))),
  inputotp: ({ set }) => {
    const [value, setValue] = React.useState('');
    return h(OTPInput, { maxLength: 6, value, pattern: REGEXP_ONLY_DIGITS, render: Slots, onChange: (now) => { setValue(now); set(now); } });
  },
  mantine: ({ set }) => h(MantineProvider, null, h(Mantine, { length: 6, oneTimeCode: true, type: 'number', onChange: set })),
  mui: ({ set }) => {
    const [value, setValue] = React.useState('');
    return h(MuiOtpInput, { length: 6, value, onChange: (now) => { setValue(now); set(now); }, sx: { width: 360 } });
  },
  own: Own,
  radix: ({ set }) => h(Radix.Root, { onValueChange: set, style: { display: 'flex' } },
    six.map((at) => h(Radix.Input, { key: at, style: { width: 40 } })), h(Radix.HiddenInput)),
  reactotpinput: ({ set }) => {
    const [otp, setOtp] = React.useState('');
    return h(OtpInput, { value: otp, numInputs: 6, inputStyle: { width: 40, height: 40 }, renderInput: (props) => h('input', props),
      onChange: (now) => { setOtp(now); set(now); } });
  },
  reactverificationinput: ({ set }) => h(VerificationInput, { length: 6, onChange: set }),
};

const name = document.querySelector('#app').dataset.widget;
function Page() {
  const [state, set] = React.useState('');
  return h('main', null, h('h1', null, 'Two-factor authentication'),
    h('p', null, 'Enter the 6-digit code from your authenticator app'),
    h(widgets[name], { set }), h('output', null, state));
}
flushSync(() => createRoot(document.querySelector('#app')).render(h(Page)));
