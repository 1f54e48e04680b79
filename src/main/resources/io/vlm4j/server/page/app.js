import { announce, notice } from './announcer.js';
import { Answering } from './answering.js';
import { Api } from './api.js';
import { attentionButton } from './attention.js';
import { camera } from './camera.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { byId, element } from './dom.js';
import { follow } from './follow.js';
import { intake } from './intake.js';
import { Key } from './key.js';
import { ModelInfo } from './model-info.js';
import { picture } from './pictures.js';
import { Settings } from './settings.js';
import { settingsDialog } from './settings-dialog.js';
import { Transcript } from './transcript.js';
import { Tray } from './tray.js';

// Puts the parts together, and decides what happens when.

const settings = new Settings();
const api = new Api(new Key());
const model = new ModelInfo();
const conversation = new Conversation();
const composer = new Composer({ send, stop, cancel: stopEditing });
const tray = new Tray(trayChanged, () => composer.focus());
const transcript = new Transcript({ edit, again });
const scrollDown = follow(byId('conversation'));
let answering = null;
let edited = null;

settingsDialog(settings);
intake(take);
camera(take);
byId('new').addEventListener('click', restart);
for (const suggestion of document.querySelectorAll('#suggestions button')) {
    suggestion.addEventListener('click', () => suggested(suggestion.textContent));
}
addEventListener('beforeunload', event => {
    if (conversation.turns.length > 0) {
        event.preventDefault(); // it is kept nowhere else
    }
});
if (matchMedia('(hover: hover)').matches) {
    composer.focus(); // on a phone that would open the keyboard over the page
}
api.model().then(known => model.learn(known), error => notice(error.message));

async function take(files) {
    notice('');
    if (!model.sees) {
        notice('This model cannot see pictures.');
        return;
    }
    for (const file of files) {
        try {
            const taken = await picture(file, settings.values.longestEdge);
            tray.add(taken);
            announce(`Added ${taken.name}.`);
        } catch (error) {
            notice(error.message);
        }
    }
    composer.focus();
}

function trayChanged(pictures) {
    composer.pictures = pictures.length;
    const last = pictures.at(-1);
    byId('shown').replaceChildren(...last ? [element('img', { src: last.uri, alt: '' })] : []);
    byId('frame').classList.toggle('filled', pictures.length > 0);
}

function suggested(question) {
    composer.text = question;
    composer.focus();
    if (tray.pictures.length > 0) {
        send();
    }
}

function send() {
    const { text } = composer;
    const { pictures } = tray;
    if (edited) {
        forget(edited);
        stopEditing();
    }
    notice('');
    composer.text = '';
    tray.pictures = [];
    const turn = conversation.add(text, pictures);
    show();
    transcript.add(turn, model.name);
    answer(turn);
}

async function answer(turn) {
    const { answer: view, chapter } = transcript.of(turn);
    const mine = answering = new Answering();
    composer.answering = true;
    const running = mine.run(api, request(turn), turn, view);
    scrollDown();
    const outcome = await running;
    if (answering !== mine) {
        return; // another conversation has begun
    }
    answering = null;
    composer.answering = false;
    announce(announcement(outcome, turn.answer));
    if (outcome === 'finished' && model.attends && chapter.plate?.size === 1) { // the server looks at one picture
        offerAttention(turn, view, chapter.plate);
    }
}

function request(turn) {
    return {
        ...model.request(), ...settings.request(), messages: conversation.messages(turn, settings.values.system),
    };
}

function announcement(outcome, { text }) {
    if (outcome instanceof Error) {
        return outcome.message;
    }
    return outcome === 'stopped' ? 'Stopped.' : `${model.name} answered: ${text}`;
}

function offerAttention(turn, view, plate) {
    const seen = conversation.picturesUpTo(turn).length;
    view.actions.prepend(attentionButton({
        ask: () => api.attention(request(turn)), view, plate, first: seen - plate.size,
    }));
}

function stop() {
    answering?.stop();
}

function again(turn) {
    if (!answering) {
        composer.focus(); // the button that was pressed goes away
        answer(turn);
    }
}

/** Takes a question back to where it can be changed. */
function edit(turn) {
    stop();
    edited = turn;
    composer.text = turn.text;
    tray.pictures = turn.pictures;
    composer.editing = true;
    composer.focus();
}

function stopEditing() {
    if (edited) {
        edited = null;
        composer.editing = false;
        composer.text = '';
        tray.pictures = [];
        composer.focus();
    }
}

function forget(turn) {
    conversation.cut(turn);
    transcript.cut(turn);
}

function restart() {
    stop();
    answering = null;
    composer.answering = false;
    stopEditing();
    notice('');
    conversation.clear();
    transcript.clear();
    tray.pictures = [];
    show();
    announce('A new conversation.');
    composer.focus();
}

function show() {
    const talking = conversation.turns.length > 0;
    byId('welcome').hidden = talking;
    byId('new').hidden = !talking;
    if (!talking) {
        scrollTo(0, 0);
    }
}
