"""Points to pixels on a graphics card: the same picture as `points_cpu`, drawn by a shader.

Draws off the screen into an image, so that all that lies over and under the points, and picking,
are one for both renderers, and so that a card that fails costs a frame and not the window. Uses
Qt's own OpenGL alone. Owns a context and its buffers; knows clouds, views and palettes; knows no
widget and no entity.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

import numpy as np
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QOffscreenSurface,
    QOpenGLContext,
    QPainter,
    QSurfaceFormat,
)
from PySide6.QtOpenGL import (
    QOpenGLBuffer,
    QOpenGLFramebufferObject,
    QOpenGLShader,
    QOpenGLShaderProgram,
    QOpenGLVertexArrayObject,
)

from studio.render.camera import Camera
from studio.render.cloud import Cloud
from studio.render.points_cpu import GHOST, SMOOTH_LIMIT, Style
from studio.render.points_look import USUAL, Lay, Points, UInt8s
from studio.render.shaders import FRAGMENT, MARGIN, MOST_TINTS, VERTEX

CHUNK: Final = 4096
"""Rows written again together where one of them changed."""
SOFTWARE: Final = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software", "gdi generic")
SWITCH_OFF: Final = "LAKE_GRAPHICS"
GL_FLOAT, GL_UNSIGNED_BYTE, GL_POINTS = 0x1406, 0x1401, 0x0000
GL_DEPTH_TEST, GL_PROGRAM_POINT_SIZE, GL_RENDERER = 0x0B71, 0x8642, 0x1F01
GL_COLOR_BUFFER_BIT, GL_DEPTH_BUFFER_BIT = 0x4000, 0x0100


class GlMissing(Exception):
    """There is no OpenGL 3.3 here; the message says why."""


class GlPoints:
    """One context. Not to be made where the platform is `offscreen`: Qt's plugin crashes there."""

    def __init__(self) -> None:
        if QGuiApplication.platformName() in ("offscreen", "minimal", "vnc"):
            raise GlMissing(f"no OpenGL on the {QGuiApplication.platformName()} platform")
        wanted = QSurfaceFormat()
        wanted.setVersion(3, 3)
        wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        wanted.setDepthBufferSize(24)
        wanted.setSamples(0)
        self._context, self._surface = QOpenGLContext(), QOffscreenSurface()
        self._context.setFormat(wanted)
        self._surface.setFormat(wanted)
        self._surface.create()
        if not self._context.create() or not self._context.makeCurrent(self._surface):
            raise GlMissing("no OpenGL context can be made")
        if self._context.format().version() < (3, 3):
            raise GlMissing("OpenGL is older than 3.3")
        self._gl = self._context.functions()
        self._gl.initializeOpenGLFunctions()
        self.name = str(self._gl.glGetString(GL_RENDERER))
        self._program = _program()
        self._array = QOpenGLVertexArrayObject()
        self._array.create()
        self._places = QOpenGLBuffer(QOpenGLBuffer.Type.VertexBuffer)
        self._looks = QOpenGLBuffer(QOpenGLBuffer.Type.VertexBuffer)
        self._target: QOpenGLFramebufferObject | None = None
        self._packed = np.zeros((0, 3), np.float32)
        self._bytes: UInt8s = np.zeros((0, 4), np.uint8)
        self._anchored = -1
        self._is_closed = False
        self._context.doneCurrent()

    def close(self) -> None:
        """Give the card its memory back, while there is still an application."""
        if self._context.makeCurrent(self._surface):
            for one in (self._places, self._looks, self._array):
                one.destroy()
            self._target = None
            self._program.removeAllShaders()
            self._context.doneCurrent()
        self._is_closed = True

    @property
    def is_software(self) -> bool:
        """Whether a processor draws after all: our own renderer is faster then."""
        return any(word in self.name.lower() for word in SOFTWARE)

    def draw(
        self, backdrop: QImage, cloud: Cloud, camera: Camera, points: Points, lay: Lay, style: Style
    ) -> QImage:
        """The points over `backdrop`, an RGB32 image of the camera's size in device pixels."""
        if self._is_closed or not self._context.makeCurrent(self._surface):
            raise GlMissing("the OpenGL context is lost")
        width, height = int(camera.width), int(camera.height)
        self._upload(cloud, points, lay)
        target = self._fitting_target(width + 2 * MARGIN, height + 2 * MARGIN)
        target.bind()
        gl = self._gl
        gl.glViewport(0, 0, target.width(), target.height())
        gl.glClearColor(0.0, 0.0, 0.0, 0.0)
        gl.glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT)
        gl.glEnable(GL_DEPTH_TEST)
        gl.glEnable(GL_PROGRAM_POINT_SIZE)
        self._program.bind()
        self._set_uniforms(cloud, camera, lay, style)
        self._array.bind()
        gl.glDrawArrays(GL_POINTS, 0, len(self._packed))
        self._array.release()
        self._program.release()
        drawn = target.toImage()
        target.release()
        self._context.doneCurrent()
        image = QImage(backdrop)
        painter = QPainter(image)
        painter.drawImage(-MARGIN, -MARGIN, drawn)
        painter.end()
        return image

    def _fitting_target(self, width: int, height: int) -> QOpenGLFramebufferObject:
        target = self._target
        if target is None or (target.width(), target.height()) != (width, height):
            depth = QOpenGLFramebufferObject.Attachment.Depth
            self._target = target = QOpenGLFramebufferObject(width, height, depth)
            if not target.isValid():
                raise GlMissing(f"no picture of {width} by {height} can be made")
        return target

    def _upload(self, cloud: Cloud, points: Points, lay: Lay) -> None:
        """Places and looks, as much of them as changed."""
        fresh = cloud.anchored != self._anchored or len(self._packed) != cloud.relative.shape[1]
        if fresh:
            self._packed = np.ascontiguousarray(cloud.relative.T)
            self._anchored = cloud.anchored
        else:
            for slots in cloud.touched:
                self._packed[slots] = cloud.relative[:, slots].T
        looks = np.zeros((len(self._packed), 4), np.uint8)
        looks[:, 0], looks[:, 1] = points.tints, lay.kinds
        looks[:, 2] = USUAL if points.sizes is None else points.sizes
        changed = np.flatnonzero((looks != self._bytes).any(axis=1)) if not fresh else None
        self._bytes = looks
        touched = None if fresh else np.concatenate([np.zeros(0, np.intp), *cloud.touched])
        cloud.touched.clear()
        self._write(self._places, self._packed, touched)
        self._write(self._looks, self._bytes, changed)
        if fresh:
            self._describe()

    def _write(self, buffer: QOpenGLBuffer, rows: np.ndarray, changed: np.ndarray | None) -> None:
        """All rows, or the chunks of those that changed."""
        if changed is None:
            buffer.destroy()
            buffer.create()
            buffer.setUsagePattern(QOpenGLBuffer.UsagePattern.DynamicDraw)
            buffer.bind()
            buffer.allocate(rows.tobytes(), rows.nbytes)
        elif len(changed):
            buffer.bind()
            size = rows.shape[1] * rows.itemsize
            for chunk in np.unique(changed // CHUNK).tolist():
                part = rows[chunk * CHUNK : (chunk + 1) * CHUNK]
                buffer.write(chunk * CHUNK * size, part.tobytes(), part.nbytes)  # type: ignore[arg-type]
        buffer.release()

    def _describe(self) -> None:
        """Tell the vertex array where both buffers are."""
        self._array.bind()
        self._program.bind()
        for place, buffer, kind, count in (
            (0, self._places, GL_FLOAT, 3),
            (1, self._looks, GL_UNSIGNED_BYTE, 4),
        ):
            buffer.bind()
            self._program.enableAttributeArray(place)
            self._program.setAttributeBuffer(place, kind, 0, count)
            buffer.release()
        self._program.release()
        self._array.release()

    def _set_uniforms(self, cloud: Cloud, camera: Camera, lay: Lay, style: Style) -> None:
        view = camera.view(cloud.anchor)
        whole = float(lay.count > SMOOTH_LIMIT)
        ground = np.array(style.ground, np.float64) / 255.0
        values = {
            "right": view.rows[0],
            "down": view.rows[1],
            "ahead": view.rows[2],
            "screen": (view.focal, view.width, view.height, float(view.flat)),
            "sizing": (lay.radius, style.scale, whole, 0.0),
            "shading": (lay.cue.near, lay.cue.run, lay.cue.strength, 0.0),
        }
        for name, row in values.items():
            self._set(name, np.asarray(row), 4)
        self._set("ground", ground, 3)
        self._set("ghost", ground * (1.0 - GHOST) + GHOST, 3)
        self._set("palette", style.palette[:MOST_TINTS] / 255.0, 3)

    def _set(self, name: str, values: np.ndarray, size: int) -> None:
        where = self._program.uniformLocation(name)
        flat = values.astype(np.float32).ravel().tolist()
        self._program.setUniformValueArray(where, flat, len(flat) // size, size)


@lru_cache(maxsize=1)
def graphics_card() -> str:
    """The name of a card that is faster than our own renderer; "" where there is none.

    `LAKE_GRAPHICS=off` does not even look: the way round a driver that crashes whoever asks it.
    """
    if os.environ.get(SWITCH_OFF, "").lower() in ("off", "0", "no"):
        return ""
    try:
        found = GlPoints()
    except GlMissing:
        return ""
    name = "" if found.is_software else found.name
    found.close()
    return name


def _program() -> QOpenGLShaderProgram:
    program = QOpenGLShaderProgram()
    kinds = QOpenGLShader.ShaderTypeBit
    for kind, source in ((kinds.Vertex, VERTEX), (kinds.Fragment, FRAGMENT)):
        if not program.addShaderFromSourceCode(kind, source):
            raise GlMissing(f"a shader was refused: {program.log()}")
    if not program.link():
        raise GlMissing(f"the shaders do not fit: {program.log()}")
    return program
