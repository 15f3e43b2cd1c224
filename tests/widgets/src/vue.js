// One widget of each Vue library; see react.jsx.
import { createApp, h, ref } from 'vue';
import { ElInputOtp } from 'element-plus';
import 'element-plus/dist/index.css';
import { NInputOtp } from 'naive-ui';
import PrimeVue from 'primevue/config';
import InputOtp from 'primevue/inputotp';
import { PinInputInput, PinInputRoot } from 'reka-ui';
import VOtpInput from 'vue3-otp-input';
import { createVuetify } from 'vuetify';
import { VOtpInput as VuetifyOtp, VApp } from 'vuetify/components';

const six = [0, 1, 2, 3, 4, 5];
const flat = (value) => (Array.isArray(value) ? value.join('') : String(value ?? ''));
const bound = (component, props, more = {}) => ({
  setup(_, { emit }) {
    const value = ref(props.empty);
    return () => h(component, { ...props, ...more, [props.prop]: value.value,
      [`onUpdate:${props.prop}`]: (now) => { value.value = now; emit('set', flat(now)); } }, props.slots);
  },
  emits: ['set'],
});

const widgets = {
  element: bound(ElInputOtp, { prop: 'modelValue', empty: '', length: 6 }),
  naive: bound(NInputOtp, { prop: 'value', empty: [], length: 6 }),
  primevue: bound(InputOtp, { prop: 'modelValue', empty: '', length: 6, integerOnly: true }),
  reka: bound(PinInputRoot, { prop: 'modelValue', empty: [], otp: true, type: 'text',
    slots: () => six.map((index) => h(PinInputInput, { key: index, index, style: 'width:40px' })) }, { style: 'display:flex' }),
  vue3otpinput: {
    emits: ['set'],
    setup(_, { emit }) {
      return () => h(VOtpInput, { numInputs: 6, inputClasses: 'box', shouldAutoFocus: true, inputType: 'numeric', 'onOn-change': (now) => emit('set', now), onOnChange: (now) => emit('set', now) });
    },
  },
  vuetify: bound(VuetifyOtp, { prop: 'modelValue', empty: '', length: 6 }),
};

const name = document.querySelector('#app').dataset.widget;
const state = ref('');
const inner = () => [h('h1', 'Two-factor authentication'), h('p', 'Enter the 6-digit code from your authenticator app'),
  h(widgets[name], { onSet: (now) => { state.value = now; } }), h('output', state.value)];
const app = createApp({ render: () => (name === 'vuetify' ? h(VApp, null, inner) : h('main', inner())) });
app.use(PrimeVue, { unstyled: true });
if (name === 'vuetify') app.use(createVuetify());
app.mount('#app');
