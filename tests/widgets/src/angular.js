// The widget of Angular; see react.jsx. Compiled in the page, as Angular can: no build step of its own.
import '@angular/compiler';
import 'zone.js';
import { Component } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { NgOtpInputComponent } from 'ng-otp-input';

class Page {
  config = { length: 6, allowNumbersOnly: true, inputStyles: { width: '40px', height: '40px' } };
  state = '';
}
const Root = Component({
  selector: '#app',
  imports: [NgOtpInputComponent],
  template: `<main><h1>Two-factor authentication</h1><p>Enter the 6-digit code from your authenticator app</p>
    <ng-otp-input [config]="config" (onInputChange)="state = $event"></ng-otp-input><output>{{ state }}</output></main>`,
})(Page) ?? Page;
bootstrapApplication(Root);
